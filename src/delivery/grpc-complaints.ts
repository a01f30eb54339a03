/**
 * What grpc-js has to say on standard error by itself, in lines that are no JSON, at each attempt. Why a proxy let nothing
 * through it says nowhere else: the call that fails for it is told "Last error: undefined".
 */
import { setLogger } from '@grpc/grpc-js';

let latest: string | undefined;

/** From here on it is kept, the latest of it. What `GRPC_TRACE` asks for goes on as it does. */
export function keepGrpcComplaints(): void {
  setLogger({
    error: (...words: unknown[]) => {
      latest = words.map(String).join(' ');
    },
    info: console.error,
    debug: console.error,
  });
}

/** The words of a failed call, or where they are none the complaint behind it. */
export function withComplaint(details: string): string {
  return details.includes('Last error: undefined') ? (latest ?? details) : details;
}
