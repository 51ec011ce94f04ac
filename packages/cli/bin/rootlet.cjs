#!/usr/bin/env node
// Where does the command begin? npm links this file at install, before anything is built; the code is in dist.
'use strict';
const { existsSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');

const command = join(__dirname, '../dist/rootlet.cjs');
if (!existsSync(command)) {
  console.error('rootlet: not built yet: run `npm run build` in the repository');
  process.exit(2);
}
// Node 22.8 and later keep compiled code between runs: the command then starts in half the time.
enableCompileCache?.();
require(command);
