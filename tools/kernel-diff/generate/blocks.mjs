// How do statements follow each other?

/** Some statements of the program's area, as long as there is room. */
export function block(g, count) {
  g.depth++;
  for (let i = 0; i < count && g.budget > 0; i++) g.random.weighted(g.program.statements)(g);
  g.depth--;
}
