// What does @rootlet/elf offer?
export {};
