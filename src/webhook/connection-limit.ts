import type { Server } from 'node:net';

/** Lets nobody in. Zero would be no limit at all to Node 20. */
const NONE = -1;

/**
 * Of a server, and of those that hand their connections to it: together they have no more than its `maxConnections`. Node
 * counts for each server by itself, so each may have what the others leave.
 */
export function shareConnectionLimit(main: Server, beside: readonly Server[]): void {
  const most = main.maxConnections;
  const takenBeside = new Map(beside.map(server => [server, 0]));
  let all = 0;

  function share(): void {
    let left = most;
    for (const [server, taken] of takenBeside) {
      server.maxConnections = limitOf(most - all + taken);
      left -= taken;
    }
    main.maxConnections = limitOf(left);
  }

  for (const server of beside) {
    server.prependListener('connection', socket => {
      const count = (by: 1 | -1) => takenBeside.set(server, (takenBeside.get(server) ?? 0) + by);
      count(1);
      socket.once('close', () => count(-1));
    });
  }
  // Whoever took it, it comes here.
  main.on('connection', socket => {
    all += 1;
    share();
    socket.once('close', () => {
      all -= 1;
      share();
    });
  });
}

const limitOf = (connections: number): number => (connections > 0 ? connections : NONE);
