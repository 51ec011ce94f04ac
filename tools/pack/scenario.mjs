// What is done with the packed packages in each environment? Pure: the packages and the objects come in, plain data goes out.

/**
 * @param {Record<string, any>} api packages by folder name
 * @param {Record<string, string>} fixtures objects by file name, in base64
 */
export function scenario(api, fixtures) {
  const result = { packages: Object.keys(api).length, fixtures: Object.keys(fixtures).length };

  if (api.insn?.decodeInsns) result.insn = api.insn.decodeInsns(Uint8Array.of(0xb7, 0, 0, 0, 2, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0), true).at(0).imm;
  try {
    api.insn.decodeInsns(new Uint8Array(12), true);
  } catch (error) {
    result.error = error.code;
  }
  if (api.libbpf?.BpfObject && api['sim-kernel']?.SimKernel) result.linked = runLinked(api, fixtures);
  return result;
}

/** The main job, in each order and statically: the packet's first byte + 1 + 15. */
function runLinked({ libbpf, 'sim-kernel': { SimKernel } }, fixtures) {
  const objects = ['helpers', 'main_prog'].map((name) => ({ name, bytes: Uint8Array.from(atob(fixtures[`${name}.o`]), (char) => char.charCodeAt(0)) }));
  const dataIn = new Uint8Array(64);
  dataIn[0] = 42;
  const run = (object) => object.findProgram('main_prog').testRun({ dataIn }).retval;
  const dynamic = [objects, [...objects].reverse()].map((order) => {
    const kernel = new SimKernel();
    const loaded = order.map(({ name, bytes }) => libbpf.BpfObject.open(bytes, { kernel, name }).load());
    return run(loaded.find((object) => object.findProgram('main_prog') !== undefined));
  });
  const linked = run(libbpf.BpfObject.open(objects.map(({ bytes }) => bytes), { kernel: new SimKernel() }).load());
  const results = [...dynamic, linked];
  if (results.some((retval) => retval !== 58)) throw new Error(`main_prog returns ${results.join(', ')} instead of 58`);
  return results;
}
