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
  return result;
}
