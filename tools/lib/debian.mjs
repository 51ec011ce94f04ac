// How does a tool get a Debian package of any suite, without installing it?
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const SOURCES = {
  main: (suite) => `deb [signed-by=${KEYRING}] http://deb.debian.org/debian ${suite} main`,
  security: (suite) => `deb [signed-by=${KEYRING}] http://deb.debian.org/debian-security ${suite}-security main`,
};

/** Whether there is an apt that can download. */
export function hasApt() {
  return ['/usr/bin/apt-get', '/usr/bin/dpkg', KEYRING].every((path) => existsSync(path));
}

/**
 * Packages of one suite, unpacked below `folder/root`; nothing of the system is changed. What is there already is not fetched again,
 * so that a run without network reuses it. Names that end in `:depends` stand for what that meta-package names first.
 *
 * @param {object} wanted
 * @param {string} wanted.suite e.g. `sid`
 * @param {string[]} wanted.packages
 * @param {string} wanted.folder
 * @param {boolean} [wanted.security] takes security updates too
 * @returns {{ root: string, versions: Record<string, string> }} the folder with `usr` in it, and what was fetched
 */
export function unpackDebs({ suite, packages, folder, security = false }) {
  const root = join(folder, 'root');
  const debs = join(folder, 'debs');
  if (!existsSync(root)) {
    const apt = createApt(folder, [SOURCES.main(suite), ...(security ? [SOURCES.security(suite)] : [])]);
    rmSync(debs, { recursive: true, force: true });
    mkdirSync(debs, { recursive: true });
    const names = packages.map((name) => (name.endsWith(':depends') ? firstDependency(apt, name.slice(0, -':depends'.length)) : name));
    run('apt-get', ['-c', apt, '-qq', '-o', 'APT::Sandbox::User=root', 'download', ...names], debs);
    const fresh = join(folder, 'root.part');
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh);
    for (const deb of readdirSync(debs)) run('dpkg', ['-x', join(debs, deb), fresh], folder);
    // Only a complete folder gets the name that later runs look for.
    renameSync(fresh, root);
  }
  const versions = {};
  for (const deb of readdirSync(debs)) {
    const [name, version] = deb.split('_');
    versions[name] = decodeURIComponent(version);
  }
  return { root, versions };
}

/** An apt with sources and state of its own. @returns the path of its configuration */
function createApt(folder, sources) {
  const state = join(folder, 'apt');
  mkdirSync(join(state, 'lists/partial'), { recursive: true });
  mkdirSync(join(state, 'archives/partial'), { recursive: true });
  writeFileSync(join(state, 'sources.list'), `${sources.join('\n')}\n`);
  writeFileSync(join(state, 'status'), '');
  const config = join(state, 'apt.conf');
  writeFileSync(
    config,
    `Dir::State "${state}";\nDir::State::status "${state}/status";\nDir::State::lists "${state}/lists";\nDir::Cache "${state}";\nDir::Cache::archives "${state}/archives";\n` +
      `Dir::Etc::sourcelist "${state}/sources.list";\nDir::Etc::sourceparts "-";\nAPT::Architecture "amd64";\nAPT::Sandbox::User "root";\n`,
  );
  run('apt-get', ['-c', config, '-qq', 'update'], state);
  return config;
}

function firstDependency(config, name) {
  const shown = run('apt-cache', ['-c', config, 'depends', name], '/');
  const found = /Depends: (\S+)/.exec(shown)?.[1];
  if (found === undefined) throw new Error(`debian: ${name} depends on nothing`);
  return found;
}

function run(command, args, cwd) {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28 });
}
