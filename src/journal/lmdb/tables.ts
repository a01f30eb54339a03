/** The tables of the store, and LMDB as it is used here: bytes under ordered keys, written by explicit transactions. */
import { type Database, open, type RootDatabase } from 'lmdb';
import { reading, storeDamaged } from './faults.ts';

export type TableKey = number | string | Buffer;

/** A table as it stands: what is being written is not seen before it is durable. */
export interface Table<K extends TableKey> {
  readonly name: string;
  readonly database: Database<Buffer, K>;
  get(key: K): Buffer | undefined;
  /** In order from `start` on. To be read to its end or left within one turn: it holds a snapshot. */
  from(start?: K): Iterable<{ readonly key: K; readonly value: Buffer }>;
}

export interface Tables {
  /** The format, and the totals. */
  readonly meta: Table<string>;
  readonly bodies: Table<number>;
  readonly outbox: Table<number>;
  readonly letters: Table<number>;
  /** By hash, each once. */
  readonly preambles: Table<Buffer>;
  readonly skeletons: Table<Buffer>;
  /** The skeletons by when they were written, for `forget`. */
  readonly ages: Table<Buffer>;
  /** Records that were found damaged, as they are, by table and key. */
  readonly damaged: Table<string>;
}

export type AnyTable = Tables[keyof Tables];

export const META = 'meta';
/** LMDB has to know beforehand. */
const MAX_TABLES = 12;

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

export function openTables(file: string, root: Environment): Tables {
  const table = <K extends TableKey>(name: string, keyEncoding?: 'binary'): Table<K> => {
    const database = root.openDB<Buffer, K>(name, { encoding: 'binary', ...(keyEncoding && { keyEncoding }) });
    return {
      name,
      database,
      get: key => reading(file, () => database.getBinary(key)),
      *from(start) {
        try {
          yield* database.getRange(start === undefined ? {} : { start });
        } catch (error) {
          throw storeDamaged(file, String(error), error);
        }
      },
    };
  };
  return reading(file, () => ({
    meta: table(META),
    bodies: table('bodies'),
    outbox: table('outbox'),
    letters: table('letters'),
    preambles: table('preambles', 'binary'),
    skeletons: table('skeletons', 'binary'),
    ages: table('ages', 'binary'),
    damaged: table('damaged'),
  }));
}
