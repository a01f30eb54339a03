/** What crewspan is meant to reach, and the ratios by which it is held to what it has reached. */

/** A figure of a point of a curve, by that of another. */
const ratio = (points, at, to) => points.find(point => point.at === at).cpu / points.find(point => point.at === to).cpu;
const named = (load, name) => load.find(result => result.name === name);

/** `[{ goal, limit, reached, unit }]`; `limit` and `reached` in the same unit, less is better. */
export function goals({ load, half, curves }) {
  const cpu = name => named(load, name).off.cpu / named(load, name).floor.cpu;
  const { operationsPerExecution, executionsOpen, recovery, openOperations } = curves;
  const floor = (goal, limit, reached) => ({ goal, limit, reached, unit: 'x the floor' });
  return [
    floor('CPU an event, batches of 100, content off', 1.5, cpu('recorded, batches of 100')),
    floor('CPU an event, realtime, 16 connections, content off', 1.25, cpu('recorded, realtime, 16 connections')),
    floor('CPU an event, realtime, 256 connections, content off', 1.25, cpu('recorded, realtime, 256 connections')),
    floor('Acknowledgement p99, realtime, half of the highest rate', 2, half.crewspan.p99 / half.floor.p99),
    {
      goal: 'Cost of an event at 200,000 operations in an execution',
      limit: 1.2,
      reached: ratio(operationsPerExecution, 200_000, 100),
      unit: 'x that at 100',
    },
    {
      goal: 'Cost of an event with 50,000 executions open',
      limit: 1.2,
      reached: ratio(executionsOpen, 50_000, 100),
      unit: 'x that at 100',
    },
    {
      goal: 'RSS with 50,000 operations open, events of 2 KB',
      limit: 300,
      reached: openOperations.VmRSS,
      unit: 'MiB',
    },
    {
      goal: 'Recovery of a backlog of 100,000 events',
      limit: 1,
      reached: recovery.readyAfterMs / recovery.acceptMs,
      unit: 'x the time that accepting them took',
    },
  ];
}

/** Every ratio that `--check` compares, by name. No times: they are another machine's by tomorrow. */
export function ratios({ load, half, curves }) {
  const all = {};
  for (const { name, floor, ...contents } of load) {
    for (const [content, figures] of Object.entries(contents)) {
      if (figures.cpu !== undefined) all[`CPU, ${name}, content ${content}`] = figures.cpu / floor.cpu;
    }
  }
  all['acknowledgement p99 at half of the highest rate'] = half.crewspan.p99 / half.floor.p99;
  for (const [name, points] of [
    ['operations in an execution', curves.operationsPerExecution],
    ['executions open', curves.executionsOpen],
  ]) {
    const base = points.find(({ at }) => at === 100);
    for (const { at, cpu } of points) if (at > 100) all[`CPU, ${at} ${name}, by 100`] = cpu / base.cpu;
  }
  all['CPU, last by first store size'] = curves.journalSize.at(-1).cpu / curves.journalSize[0].cpu;
  all['recovery by accepting'] = curves.recovery.readyAfterMs / curves.recovery.acceptMs;
  return all;
}
