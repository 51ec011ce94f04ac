// What does @rootlet/loader offer?
export {};
