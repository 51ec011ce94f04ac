// What does @rootlet/verifier-sim offer?
export {};
