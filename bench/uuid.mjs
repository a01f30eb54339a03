/** Ids as CrewAI makes them: a UUID for each name, always the same one. */

const OFFSETS = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35];
const FNV_PRIME = 0x01000193;

/** FNV-1a from four beginnings: cheap, and no two of some million names come to the same. */
export function uuidOf(name) {
  const words = OFFSETS.map(offset => {
    let hash = offset;
    for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), FNV_PRIME);
    hash ^= hash >>> 15;
    return ((Math.imul(hash, OFFSETS[2]) ^ (hash >>> 13)) >>> 0).toString(16).padStart(8, '0');
  });
  const hex = words.join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20)}`;
}
