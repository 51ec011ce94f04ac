// What does @rootlet/uapi offer?
export {};
