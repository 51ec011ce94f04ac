// Does a name match a pattern with `*` and `?`?

/** A test for names: `*` stands for any text, `?` for any one character. Linear in the name for each `*`: no backtracking beyond the last one. */
export function createMatcher(pattern: string): (name: string) => boolean {
  return (name) => {
    let at = 0;
    let patternAt = 0;
    let starAt = -1;
    let resumeAt = 0;
    while (at < name.length) {
      const wanted = pattern[patternAt];
      if (wanted === '*') {
        starAt = patternAt++;
        resumeAt = at;
      } else if (wanted !== undefined && (wanted === '?' || wanted === name[at])) {
        patternAt++;
        at++;
      } else if (starAt >= 0) {
        // The last star takes one character more.
        patternAt = starAt + 1;
        at = ++resumeAt;
      } else return false;
    }
    while (pattern[patternAt] === '*') patternAt++;
    return patternAt === pattern.length;
  };
}
