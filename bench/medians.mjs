/** Of the figures of several rounds, each by itself; of an even number of rounds the mean of the two in the middle. */
export function medians(rounds) {
  const middle = name => {
    const sorted = rounds.map(figures => figures[name]).sort((a, b) => a - b);
    return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
  };
  return Object.fromEntries(Object.keys(rounds[0]).map(name => [name, middle(name)]));
}
