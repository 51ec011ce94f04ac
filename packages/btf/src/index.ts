// What does @rootlet/btf offer?
export {};
