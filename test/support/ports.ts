/**
 * Ports for programs that have to be told one. Not those that the system gives out by itself: between finding one free
 * and listening on it, it may have become somebody's end of an outgoing connection.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the range of outgoing connections on Linux (`net.ipv4.ip_local_port_range`) and macOS. */
const FROM = 15_000;
const TO = 32_000;
const given = new Set<number>();

/** So many ports on which nothing listens, each given once by this process. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = FROM + Math.floor(Math.random() * (TO - FROM));
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    ports.push(port);
  }
  return ports;
}

export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}
