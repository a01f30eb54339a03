/**
 * Connections on which an answer has gone out while more may still come. To close one at once would reset it, and a sender
 * that is still sending would lose the answer: what comes is read and thrown away for a while.
 */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { createStallWatch, type StallWatch } from './stall-watch.ts';

/** Without a byte, in milliseconds. */
const IDLE_MS = 2_000;
/** For the rest of a body, in milliseconds. As long as nginx waits. */
const LONGEST_MS = 30_000;

/** `goes_on`: it is worth waiting. `whole`: what was waited for has come, and the connection is good for more. */
type Progress = 'goes_on' | 'whole' | 'over';

interface Lingering {
  readonly watch: StallWatch;
  progress: () => Progress;
}

/** One a connection, for a connection may have many requests. */
const lingering = new WeakMap<Duplex, Lingering>();

/** Closes a connection soon, at once when its other end does. */
export function linger(socket: Duplex): void {
  waitOn(socket, () => 'over');
}

/** The same, of a request that was answered before it had come whole: not while it comes, and not once it has. */
export function lingerForRest(request: IncomingMessage): void {
  const { socket } = request;
  const until = performance.now() + LONGEST_MS;
  let read = socket.bytesRead;
  waitOn(socket, () => {
    if (request.complete) return 'whole';
    const comes = socket.bytesRead > read && performance.now() < until;
    read = socket.bytesRead;
    return comes ? 'goes_on' : 'over';
  });
}

function waitOn(socket: Duplex, progress: () => Progress): void {
  const known = lingering.get(socket);
  if (known !== undefined) {
    known.progress = progress;
    known.watch.refresh();
    return;
  }
  const watch = createStallWatch(IDLE_MS, () => {
    const now = state.progress();
    if (now === 'goes_on') watch.refresh();
    else if (now === 'over') socket.destroy();
  });
  const state: Lingering = { watch, progress };
  lingering.set(socket, state);
  socket.once('end', () => {
    if (state.progress() !== 'whole') socket.destroy();
  });
  socket.once('close', watch.stop);
}
