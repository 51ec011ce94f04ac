// What does @rootlet/linux-kernel offer?
export {};
