/** By how much the event loop runs late: what every request and every timer waits for. */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How often a timer looks, in milliseconds. What Node reports includes it. */
const RESOLUTION_MS = 20;
const NS_PER_SECOND = 1e9;

const QUANTILES = [0.5, 0.99, 1] as const;

export interface EventLoopWatch {
  /** Since it was last asked, in seconds: quantile → lag. 1 is the longest. */
  read(): ReadonlyMap<number, number>;
  stop(): void;
}

export function watchEventLoop(): EventLoopWatch {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  return {
    read() {
      const lags = QUANTILES.map((quantile): [number, number] => {
        const delay = quantile === 1 ? delays.max : delays.percentile(100 * quantile);
        return [quantile, Math.max(0, delay / NS_PER_SECOND - RESOLUTION_MS / 1000)];
      });
      delays.reset();
      return new Map(lags);
    },
    stop: () => void delays.disable(),
  };
}
