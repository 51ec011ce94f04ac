// What does @rootlet/sim-kernel offer?
export {};
