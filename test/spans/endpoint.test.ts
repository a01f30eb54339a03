import { expect, test } from 'vitest';
import { readEndpoint } from '../../src/spans/endpoint.ts';

test.each([
  ['https://mcp.example.com/sse', 'https://mcp.example.com/sse', 'mcp.example.com', 443],
  ['ws://localhost:8080', 'ws://localhost:8080/', 'localhost', 8080],
  ['grpc://agents.example.com/a', 'grpc://agents.example.com/a', 'agents.example.com', undefined],
])('%s has a server', (text, url, address, port) => {
  expect(readEndpoint(text)).toEqual({ url, address, port });
});

test.each(['data:text/plain,what was said', 'mailto:someone@example.com', 'C:\\mcp\\server.py', 'npx server', ''])(
  '%s names no server, so nothing of it may leave as one',
  text => {
    expect(readEndpoint(text)).toBeUndefined();
  },
);
