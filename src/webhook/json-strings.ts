/** JSON as text, or as its bytes in UTF-8: no byte of another character looks like a quote or a backslash. */
interface Json<Sign> {
  readonly length: number;
  readonly [at: number]: Sign | undefined;
  indexOf(sign: Sign, from: number): number;
}

/** How the two signs stand there that tell where a string ends. */
export interface StringSigns<Sign> {
  readonly quote: Sign;
  readonly backslash: Sign;
}

export const IN_TEXT: StringSigns<string> = { quote: '"', backslash: '\\' };
export const IN_BYTES: StringSigns<number> = { quote: 0x22, backslash: 0x5c };

/** The index after the quote that closes the string opened at `open`, or the end of the JSON. */
export function endOfString<Sign>(json: Json<Sign>, open: number, { quote, backslash }: StringSigns<Sign>): number {
  let close = json.indexOf(quote, open + 1);
  while (close >= 0 && isEscaped(json, close, open, backslash)) close = json.indexOf(quote, close + 1);
  return close < 0 ? json.length : close + 1;
}

function isEscaped<Sign>(json: Json<Sign>, quote: number, open: number, backslash: Sign): boolean {
  let at = quote - 1;
  while (at > open && json[at] === backslash) at -= 1;
  return (quote - 1 - at) % 2 === 1;
}
