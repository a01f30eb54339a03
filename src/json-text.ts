/** What a text holds as JSON; `undefined`, which no JSON is, where it holds none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The list or object that a text holds as JSON; any other text as it is. */
export function jsonOrText(text: string): unknown {
  return /^\s*[[{]/.test(text) ? (parseJson(text) ?? text) : text;
}

/**
 * JSON of what `JSON.parse` has read, however deep. That reads any depth, while `JSON.stringify` calls itself for each
 * level and overflows the stack at some thousands.
 */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return deepText(value);
    throw error;
  }
}

type Part = { readonly sign: string } | { readonly value: unknown };

/** Several times slower. */
function deepText(whole: unknown): string {
  const texts: string[] = [];
  // What is to be written yet, the next at the end.
  const rest: Part[] = [{ value: whole }];
  for (let part = rest.pop(); part !== undefined; part = rest.pop()) {
    if ('sign' in part) texts.push(part.sign);
    else if (typeof part.value !== 'object' || part.value === null) texts.push(JSON.stringify(part.value));
    else for (const inner of partsOf(part.value).reverse()) rest.push(inner);
  }
  return texts.join('');
}

function partsOf(value: object): Part[] {
  const isList = Array.isArray(value);
  const parts: Part[] = [{ sign: isList ? '[' : '{' }];
  for (const [key, inner] of Object.entries(value)) {
    const comma = parts.length > 1 ? ',' : '';
    parts.push({ sign: isList ? comma : `${comma}${JSON.stringify(key)}:` }, { value: inner });
  }
  parts.push({ sign: isList ? ']' : '}' });
  return parts;
}
