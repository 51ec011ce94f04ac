// Which number is which kind of BTF?
export const BTF_KIND_PTR = 2;
export const BTF_KIND_STRUCT = 4;
export const BTF_KIND_TYPEDEF = 8;
export const BTF_KIND_FUNC = 12;
export const BTF_KIND_FUNC_PROTO = 13;
