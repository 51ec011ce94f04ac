// What does @rootlet/libbpf offer?
export {};
