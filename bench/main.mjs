/** `npm run bench`: what crewspan costs, against the floor and by itself. BENCHMARKS.md tells what is measured and how. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { findRegressions, saveBaseline } from './baseline.mjs';
import { measureCurves } from './curves.mjs';
import { ratios } from './goals.mjs';
import { measureAtHalfRate, measureLoad } from './load.mjs';
import { describeMachine } from './machine.mjs';
import { startBackend, startClient } from './processes.mjs';
import { report, writeReport } from './report.mjs';

const HELP = `npm run bench -- [OPTIONS]

  --rounds N   rounds of the load, of which each figure is the median; default 5
  --quick      one round, a quarter of the events
  --smoke      a few events of everything, to see that it runs; no figures to trust
  --check      fails when a ratio is worse than that of bench/baseline.json by more than 15 %
  --save       writes the ratios to bench/baseline.json
  --write      writes the figures into BENCHMARKS.md
  --json FILE  writes all that was measured`;

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
    smoke: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

/** Whatever hangs: it ends. */
const LONGEST_MS = 45 * 60_000;
/** Of all but the load: their figures are long in the making. */
const MOST_ROUNDS = 3;

const SCALES = {
  full: { rounds: Number(options.rounds), cases: 'all', share: 1, longest: 200_000, steps: 6, settleMs: 1_000 },
  quick: { rounds: 1, cases: 'all', share: 0.25, longest: 10_000, steps: 6, settleMs: 1_000 },
  smoke: { rounds: 1, cases: 'one', share: 0.01, longest: 10, steps: 2, settleMs: 100 },
};

function commitOf() {
  try {
    return `commit ${execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim()}`;
  } catch {
    return 'no commit: outside a clone';
  }
}

async function run(scale) {
  const begin = performance.now();
  const say = line => console.error(`${((performance.now() - begin) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
  const peers = { client: await startClient(), backend: await startBackend() };
  const { rounds, cases, longest, steps, ...common } = { ...SCALES[scale], peers, say };
  const machine = describeMachine();
  const load = await measureLoad({ rounds, cases, ...common });
  const fewRounds = Math.min(rounds, MOST_ROUNDS);
  const half = await measureAtHalfRate({ load, rounds: fewRounds, ...common });
  const curves = await measureCurves({ rounds: fewRounds, longest, steps, ...common });
  for (const peer of Object.values(peers)) peer.close();
  const seconds = (performance.now() - begin) / 1_000;
  const results = { machine, commit: commitOf(), rounds, load, half, curves, seconds };
  checkNumbers(results);
  return results;
}

/** A figure that was not measured must not pass for one. */
function checkNumbers(results) {
  for (const [name, value] of Object.entries(results)) {
    if (typeof value === 'object') checkNumbers(value);
    else if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`no figure for ${name}`);
  }
}

async function main() {
  if (options.help) return console.log(HELP);
  setTimeout(() => {
    console.error('the benchmark took too long');
    process.exit(1);
  }, LONGEST_MS).unref();
  const scale = options.smoke ? 'smoke' : options.quick ? 'quick' : 'full';
  if (scale !== 'full' && (options.check || options.save || options.write)) {
    throw new Error('--check, --save and --write need all that is measured: without --quick and --smoke');
  }
  const results = await run(scale);
  const given = process.argv.slice(2).filter(option => option !== '--write' && option !== '--save');
  const command = ['npm run bench', ...(given.length > 0 ? ['--', ...given] : [])].join(' ');
  const text = report(results, { command, withGoals: scale === 'full' });
  console.log(text);
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(results, null, 2));
  if (options.write) writeReport(text);
  const regressions = options.check ? findRegressions(ratios(results)) : [];
  for (const regression of regressions) console.error(`worse: ${regression}`);
  if (regressions.length > 0) process.exitCode = 1;
  if (options.save) saveBaseline(ratios(results));
}

await main();
