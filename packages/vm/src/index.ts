// What does @rootlet/vm offer?
export {};
