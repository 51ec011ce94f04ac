// Is everything here that the next command needs?
//
// Runs before anything is installed and on any Node, so: only Node's own modules, imported late, and old syntax at the top.
const wanted = [20, 19];
const running = process.versions.node.split('.').map(Number);
if (running[0] < wanted[0] || (running[0] === wanted[0] && running[1] < wanted[1])) {
  console.error(`rootlet needs Node ${wanted.join('.')} or newer; this is Node ${process.versions.node}. See https://nodejs.org/ for a newer one.`);
  process.exit(1);
}

const { existsSync, lstatSync, readFileSync } = await import('node:fs');
const { spawnSync } = await import('node:child_process');
const { dirname, join } = await import('node:path');
const { fileURLToPath } = await import('node:url');
const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const reason = findStale();
if (reason !== undefined) install(reason);
if (process.argv.includes('--build')) {
  const { build } = await import('./build.mjs');
  await build({ force: process.argv.includes('--force') });
}

/** Why the installed modules are not those of the lock file; undefined when they are. */
function findStale() {
  const installedPath = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installedPath)) return 'nothing is installed yet';
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const installed = JSON.parse(readFileSync(installedPath, 'utf8')).packages;
  for (const path of Object.keys(lock)) {
    const want = lock[path];
    if (!path.startsWith('node_modules/')) continue;
    const have = installed[path];
    // An optional package is absent where it is for another system.
    if (have === undefined ? !want.optional && !want.peer && !want.devOptional : have.version !== want.version) {
      return `${path.slice('node_modules/'.length)} is ${have ? `at ${have.version}, the lock file says ${want.version}` : 'missing'}`;
    }
  }
  return undefined;
}

function install(reason) {
  if (existsSync(join(root, 'node_modules')) && lstatSync(join(root, 'node_modules')).isSymbolicLink()) {
    console.error(`setup: node_modules is a link and stale (${reason}); install where it points to`);
    return;
  }
  console.error(`setup: npm ci, because ${reason}`);
  // Under `npm start` npm names itself; on Windows npm is a script that only a shell finds.
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const done = npm !== undefined && /npm-cli\.[cm]?js$/.test(npm)
    ? spawnSync(process.execPath, [npm, ...args], { cwd: root, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });
  if (done.status !== 0) {
    console.error('setup: npm ci failed; its message is above. rootlet needs the npm registry once, to install its tools.');
    process.exit(1);
  }
}
