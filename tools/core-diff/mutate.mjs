export function mutateObject() {}
