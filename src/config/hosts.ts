/** Addresses, as written in settings and URLs. */

/** `[::1]` in a URL is `::1` to a socket. */
export function bareHost(host: string): string {
  return host.replace(/^\[(.*)\]$/, '$1');
}

export function isLoopback(host: string): boolean {
  return /^(?:localhost|::1|127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/i.test(host);
}

/** Whether listeners on the same port of both would collide. */
export function overlap(a: string, b: string): boolean {
  const any = (host: string) => host === '0.0.0.0' || host === '::';
  return a === b || any(a) || any(b);
}
