/** The tables of the store, and LMDB as it is used here: bytes under ordered keys, written by explicit transactions. */
import { type Database, open, type RootDatabase } from 'lmdb';
import { reading, readingFailed } from './faults.ts';

export type TableKey = number | string | Buffer;

/** A table as it stands: what is being written is not seen before it is durable. */
export interface Table<K extends TableKey> {
  readonly name: TableName;
  get(key: K): Buffer | undefined;
  /** The same without a copy: to be looked at before anything else is read, and not kept. */
  peek(key: K): Buffer | undefined;
  /** Of the records from `start` on. */
  firstKey(start: K): K | undefined;
  /** In order from `start` on. To be read to its end or left within one turn: it holds a snapshot. */
  from(start?: K): Iterable<{ readonly key: K; readonly value: Buffer }>;
}

export interface Tables {
  /** The format, the totals, and what each source takes up. */
  readonly meta: Table<string>;
  readonly bodies: Table<number>;
  readonly outbox: Table<number>;
  readonly letters: Table<number>;
  /** By hash, each once. */
  readonly preambles: Table<Buffer>;
  readonly skeletons: Table<Buffer>;
  /** What is known of operations that have not settled from those inside them that have. */
  readonly open: Table<Buffer>;
  /** Lists of the skeletons by when they were written, for `forget`. */
  readonly ages: Table<Buffer>;
  /** Records that were found damaged, as they are, by table and key. */
  readonly damaged: Table<string>;
}

export type TableName = keyof Tables;

const BINARY_KEYS: ReadonlySet<TableName> = new Set(['preambles', 'skeletons', 'open', 'ages']);
/** LMDB has to know beforehand. */
export const MAX_TABLES = 16;

export type Environment = RootDatabase<Buffer, string>;

/**
 * A transaction is an explicit batch (`eventTurnBatching` off), and commits only when it is on disk, first the pages,
 * then the root that points to them (`overlappingSync` off): so no crash, of the process or of the machine, needs
 * repair.
 */
export function openEnvironment(file: string, mapBytes?: number): Environment {
  const options = {
    noSubdir: true,
    encoding: 'binary',
    overlappingSync: false,
    eventTurnBatching: false,
    maxDbs: MAX_TABLES,
    permissionsMode: 0o600,
    ...(mapBytes === undefined ? {} : { mapSize: mapBytes }),
  } as const;
  return reading(file, () => open(file, options));
}

export type Databases = { readonly [Name in TableName]: Database<Buffer, TableKey> };

export function openDatabases(file: string, root: Environment): Databases {
  const database = (name: TableName): Database<Buffer, TableKey> =>
    root.openDB<Buffer, TableKey>(name, {
      encoding: 'binary',
      ...(BINARY_KEYS.has(name) && { keyEncoding: 'binary' }),
    });
  return reading(file, () => ({
    meta: database('meta'),
    bodies: database('bodies'),
    outbox: database('outbox'),
    letters: database('letters'),
    preambles: database('preambles'),
    skeletons: database('skeletons'),
    open: database('open'),
    ages: database('ages'),
    damaged: database('damaged'),
  }));
}

/** `current`: the databases may be opened anew in between. */
export function tablesOver(file: string, current: () => Databases): Tables {
  const table = <K extends TableKey>(name: TableName): Table<K> => ({
    name,
    get: key => reading(file, () => current()[name].getBinary(key)),
    peek: key => reading(file, () => current()[name].getBinaryFast(key)),
    firstKey(start) {
      return reading(file, () => {
        for (const key of current()[name].getKeys({ start, limit: 1 })) return key as K;
        return undefined;
      });
    },
    *from(start) {
      try {
        const range = current()[name].getRange(start === undefined ? {} : { start });
        for (const { key, value } of range) yield { key: key as K, value };
      } catch (error) {
        throw readingFailed(file, error);
      }
    },
  });
  return {
    meta: table('meta'),
    bodies: table('bodies'),
    outbox: table('outbox'),
    letters: table('letters'),
    preambles: table('preambles'),
    skeletons: table('skeletons'),
    open: table('open'),
    ages: table('ages'),
    damaged: table('damaged'),
  };
}
