import { z } from 'zod';

/** The result of reading one setting. A fault completes the sentence "<the setting> …" and quotes no value. */
export type Reading<T> = { readonly value: T } | { readonly fault: string };

export type Reader<T> = (text: string) => Reading<T>;

/** A reader as a zod type: text in, the value out. */
export function readBy<T>(read: Reader<T>) {
  return z.string().transform((text, context): T => {
    const reading = read(text);
    if ('value' in reading) return reading.value;
    context.addIssue({ code: 'custom', message: reading.fault });
    return z.NEVER;
  });
}

export const text: Reader<string> = value => ({ value });

export const flag: Reader<boolean> = value => choiceOf({ true: true, false: false })(value);

/** One of several words, in upper or lower case. */
export function choiceOf<T>(words: Readonly<Record<string, T>>): Reader<T> {
  const known = new Map(Object.entries(words).map(([word, value]) => [word.toLowerCase(), value]));
  return word => {
    const value = known.get(word.toLowerCase());
    return value === undefined ? { fault: `must be ${listed(Object.keys(words))}` } : { value };
  };
}

/** Each word stands for itself. */
export function wordOf<const T extends string>(words: readonly T[]): Reader<T> {
  return choiceOf(Object.fromEntries(words.map(word => [word, word])) as Record<string, T>);
}

export function wholeNumber(from: number, to: number): Reader<number> {
  return digits => {
    const value = /^\d{1,15}$/.test(digits) ? Number(digits) : Number.NaN;
    return value >= from && value <= to ? { value } : { fault: `must be a whole number from ${from} to ${to}` };
  };
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
