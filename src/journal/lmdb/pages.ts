/**
 * Looks over the pages of a store before LMDB opens it. LMDB maps the file into memory and follows whatever numbers
 * stand in its pages: a file that was cut short or changed by a failing disk would end the process by a signal, again at
 * every start. What is in the records is not looked at here; they carry checksums of their own.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { arch, endianness } from 'node:os';
import { storeDamaged, storeFormat } from './faults.ts';

// The layout of LMDB's data format 2 on 64 bits (mdb.c: MDB_page, MDB_meta, MDB_db, MDB_node, MDB_ovpage).
const DATA_VERSION = 2;
const MAGIC = 0xbeefc0de;
const HEADER = 24;
const META_BYTES = 152;
const TREE_BYTES = 48;
const NODE_HEADER = 8;
const OVERFLOW_BYTES = 24;
const BRANCH = 0x01;
const LEAF = 0x02;
const OVERFLOW = 0x04;
const BIG = 0x01;
const SUBTREE = 0x02;
const FIRST_PAGE = 2;
const NO_ROOT = 0xffff_ffff_ffff_ffffn;
const MAX_DEPTH = 32;
const METAS = [0, 1] as const;

interface Meta {
  readonly transaction: number;
  readonly lastPage: number;
  /** Of the free pages, and of the tables. */
  readonly trees: readonly Buffer[];
}

/** Throws `CREWSPAN_STORE_DAMAGED` or `CREWSPAN_STORE_FORMAT`. An empty file is a new store. */
export function checkPages(file: string): void {
  if (endianness() !== 'LE' || !arch().includes('64')) return;
  const descriptor = openSync(file, 'r');
  try {
    const size = fstatSync(descriptor).size;
    if (size > 0) checkTrees(file, descriptor, size);
  } finally {
    closeSync(descriptor);
  }
}

function checkTrees(file: string, descriptor: number, size: number): void {
  const damaged = (what: string): Error => storeDamaged(file, what);

  function bytesAt(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    if (offset + length > size || readSync(descriptor, bytes, 0, length, offset) !== length)
      throw damaged(`it ends after ${size} bytes, in the middle of what it should hold`);
    return bytes;
  }

  function readMeta(offset: number): Meta {
    const meta = bytesAt(offset + HEADER, META_BYTES);
    if (meta.readUInt32LE() !== MAGIC) throw damaged('it does not begin as LMDB does');
    const version = meta.readUInt32LE(4) & 0xffff;
    if (version !== DATA_VERSION) throw storeFormat(file, `LMDB data of format ${version}`, `format ${DATA_VERSION}`);
    return {
      transaction: numberAt(meta, 128),
      lastPage: numberAt(meta, 120),
      trees: [meta.subarray(24, 24 + TREE_BYTES), meta.subarray(24 + TREE_BYTES, 24 + 2 * TREE_BYTES)],
    };
  }

  const pageSize = bytesAt(HEADER + 24, 4).readUInt32LE();
  readMeta(0);
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) throw damaged('its page size is none');
  const [first, second] = METAS.map(index => readMeta(index * pageSize));
  if (first === undefined || second === undefined) return;
  const latest = first.transaction > second.transaction ? first : second;
  // They are written in turns: anything else means that one of them is not what was written.
  if (Math.abs(first.transaction - second.transaction) > 1) throw damaged('its two roots do not belong together');
  const seen = new Uint8Array(Math.min(latest.lastPage, Math.ceil(size / pageSize)) + 1);

  function claim(page: number, count: number): void {
    if (page < FIRST_PAGE || page + count - 1 > latest.lastPage)
      throw damaged(`it points to page ${page}, which does not exist`);
    if ((page + count) * pageSize > size) throw damaged(`it ends after ${size} bytes, before page ${page + count - 1}`);
    for (let index = page; index < page + count; index += 1) {
      if (seen[index] !== 0) throw damaged(`page ${index} is in use twice`);
      seen[index] = 1;
    }
  }

  function visitTree(tree: Buffer): void {
    if (tree.readBigUInt64LE(40) !== NO_ROOT) visit(numberAt(tree, 40), tree.readUInt16LE(6));
  }

  function visit(number: number, depth: number): void {
    claim(number, 1);
    const page = bytesAt(number * pageSize, pageSize);
    const lower = page.readUInt16LE(20);
    const isLeaf = depth === 1;
    const broken = (): Error => damaged(`page ${number} is not what was written`);
    if (numberAt(page, 0) !== number || page.readUInt16LE(18) !== (isLeaf ? LEAF : BRANCH)) throw broken();
    if (depth < 1 || depth > MAX_DEPTH || lower > page.readUInt16LE(22)) throw broken();
    if (HEADER + page.readUInt16LE(22) > pageSize || lower % 2 !== 0 || lower === 0) throw broken();
    for (let entry = HEADER; entry < HEADER + lower; entry += 2) {
      const node = HEADER + page.readUInt16LE(entry);
      if (node < HEADER + lower || node + NODE_HEADER > pageSize) throw broken();
      const data = node + NODE_HEADER + page.readUInt16LE(node + 6);
      if (data > pageSize) throw broken();
      if (isLeaf) visitData(page, node, data, broken);
      else visit(page.readUIntLE(node, 6), depth - 1);
    }
  }

  function visitData(page: Buffer, node: number, data: number, broken: () => Error): void {
    const flags = page.readUInt16LE(node + 4);
    const length = page.readUInt32LE(node);
    if ((flags & ~(BIG | SUBTREE)) !== 0) throw broken();
    if (data + ((flags & BIG) !== 0 ? OVERFLOW_BYTES : length) > pageSize) throw broken();
    if ((flags & BIG) !== 0) visitOverflow(numberAt(page, data), numberAt(page, data + 16), length, broken);
    else if ((flags & SUBTREE) !== 0) {
      if (length !== TREE_BYTES) throw broken();
      visitTree(page.subarray(data, data + TREE_BYTES));
    }
  }

  function visitOverflow(number: number, count: number, length: number, broken: () => Error): void {
    if (count !== Math.ceil((HEADER + length) / pageSize)) throw broken();
    claim(number, count);
    const header = bytesAt(number * pageSize, HEADER);
    if (numberAt(header, 0) !== number || header.readUInt16LE(18) !== OVERFLOW || header.readUInt32LE(20) !== count)
      throw damaged(`page ${number} is not what was written`);
  }

  for (const tree of latest.trees) visitTree(tree);
}

/** What is beyond safe integers is beyond any file, too. */
const numberAt = (bytes: Buffer, offset: number): number => Number(bytes.readBigUInt64LE(offset));
