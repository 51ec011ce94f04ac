// What does @rootlet/reloc offer?
export {};
