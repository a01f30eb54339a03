import { type Attributes, SpanKind } from '@opentelemetry/api';
import type { OperationKind } from '../../crewai/catalogue.ts';
import { asText, type JsonObject } from '../../crewai/readers.ts';
import { GEN_AI, STANDARD } from '../attributes.ts';
import { putServer, readEndpoint } from '../endpoint.ts';
import { putContent, putFlag, putInteger, putName, putText, type Sheet } from '../sheet.ts';
import type { OperationShape } from './shape.ts';
import { putArguments } from './tool.ts';

/** Spans of an MCP client (semantic conventions for MCP). */
export function mcp(kind: OperationKind): OperationShape {
  return kind.base === 'mcp_connection' ? CONNECTION : TOOL_CALL;
}

const CONNECTION: OperationShape = {
  title: 'initialize',
  spanKind: SpanKind.CLIENT,
  fixed: { [STANDARD.mcpMethodName]: 'initialize' },
  about(sheet, data) {
    putConnection(sheet, data);
    putInteger(sheet, 'crewai.mcp.connect_timeout', data['connect_timeout']);
    putFlag(sheet, 'crewai.mcp.is_reconnect', data['is_reconnect']);
  },
  result(sheet, data) {
    putText(sheet, 'crewai.mcp.error_type', data['error_type']);
    putInteger(sheet, 'crewai.mcp.status_code', data['status_code']);
  },
};

const TOOL_CALL: OperationShape = {
  title: 'tools/call',
  spanKind: SpanKind.CLIENT,
  fixed: { [STANDARD.mcpMethodName]: 'tools/call' },
  target: data => asText(data['tool_name']),
  about(sheet, data) {
    putConnection(sheet, data);
    putName(sheet, 'crewai.mcp.tool_name', data['tool_name']);
    putName(sheet, GEN_AI.toolName, data['tool_name']);
    putArguments(sheet, data);
  },
  result(sheet, data, outcome) {
    if (outcome !== 'failed') putContent(sheet, GEN_AI.toolCallResult, data['result']);
    putText(sheet, 'crewai.mcp.error_type', data['error_type']);
  },
  settle: ({ insideTool }) => (insideTool ? ALREADY_REPORTED : { [GEN_AI.operationName]: 'execute_tool' }),
};

/** One call of a tool is reported once: the tool's own span, where there is one, has it already. */
const ALREADY_REPORTED: Attributes = Object.fromEntries(
  [GEN_AI.toolName, GEN_AI.toolCallArguments, GEN_AI.toolCallResult].map(name => [name, undefined]),
);

function putConnection(sheet: Sheet, data: JsonObject): void {
  const server = readEndpoint(data['server_url']);
  putText(sheet, 'crewai.mcp.server_name', data['server_name']);
  putText(sheet, 'crewai.mcp.server_url', server?.url);
  putText(sheet, 'crewai.mcp.transport_type', data['transport_type']);
  putTransport(sheet, asText(data['transport_type'])?.toLowerCase());
  putServer(sheet, server);
}

function putTransport(sheet: Sheet, transport: string | undefined): void {
  if (transport === 'stdio') putText(sheet, STANDARD.networkTransport, 'pipe');
  if (transport === undefined || !/http|sse/.test(transport)) return;
  putText(sheet, STANDARD.networkTransport, 'tcp');
  putText(sheet, STANDARD.networkProtocolName, 'http');
}
