/** Run by Node before the program (`--import`): SIGWINCH sets the clock by TEST_CLOCK_STEP milliseconds. */
const { now } = Date;
const step = Number(process.env.TEST_CLOCK_STEP);
let shift = 0;

Date.now = () => now() + shift;
globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length === 0 ? [Date.now()] : args));
  }
};
process.on('SIGWINCH', () => {
  shift += step;
  process.stderr.write(`the clock was set by ${step} ms\n`);
});
