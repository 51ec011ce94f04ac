// How is a type of each kind added?
import { BuilderCore } from './builder-core.ts';
import {
  BTF_FUNC_GLOBAL, BTF_FWD_ENUM, BTF_FWD_STRUCT, BTF_FWD_UNION, BTF_KIND_ARRAY, BTF_KIND_CONST, BTF_KIND_DATASEC, BTF_KIND_DECL_TAG,
  BTF_KIND_ENUM, BTF_KIND_ENUM64, BTF_KIND_FLOAT, BTF_KIND_FUNC, BTF_KIND_FUNC_PROTO, BTF_KIND_FWD, BTF_KIND_INT, BTF_KIND_PTR,
  BTF_KIND_RESTRICT, BTF_KIND_STRUCT, BTF_KIND_TYPEDEF, BTF_KIND_TYPE_TAG, BTF_KIND_UNION, BTF_KIND_VAR, BTF_KIND_VOLATILE,
} from './kinds.ts';
import { infoKind, infoVlen, packInfo, RECORD_WORDS } from './layout.ts';
import type { BtfParam, BtfVarSecinfo } from './types.ts';

/** One method per kind, each of which returns the new type's id, and one per sort of element. */
export class TypeAdder extends BuilderCore {
  /**
   * @param size bytes
   * @param encoding `BTF_INT_SIGNED | BTF_INT_CHAR | BTF_INT_BOOL`
   * @param bits value bits, all when absent
   * @libbpf btf__add_int
   */
  addInt(name: string, size: number, encoding = 0, bits: number = 8 * size, bitOff = 0): number {
    return this.addRecord(BTF_KIND_INT, name, size, false, [((encoding & 0xf) << 24) | ((bitOff & 0xff) << 16) | (bits & 0xff)]);
  }

  /** @libbpf btf__add_ptr */
  addPtr(type: number): number {
    return this.addRecord(BTF_KIND_PTR, '', type);
  }

  /** @libbpf btf__add_array */
  addArray(type: number, indexType: number, nelems: number): number {
    return this.addRecord(BTF_KIND_ARRAY, '', 0, false, [type, indexType, nelems]);
  }

  /** A struct without members: follow with {@link BtfBuilder.addField}. @param size bytes @libbpf btf__add_struct */
  addStruct(name: string, size: number): number {
    return this.addRecord(BTF_KIND_STRUCT, name, size);
  }

  /** A union without members: follow with {@link BtfBuilder.addField}. @param size bytes @libbpf btf__add_union */
  addUnion(name: string, size: number): number {
    return this.addRecord(BTF_KIND_UNION, name, size);
  }

  /**
   * Adds a member to the struct or union added last. The first bitfield turns the kind flag on.
   *
   * @param bitOff from the start of the struct, bits
   * @param bitfieldSize bits; 0 when it is no bitfield
   * @libbpf btf__add_field
   */
  addField(name: string, type: number, bitOff: number, bitfieldSize = 0): void {
    const at = this.lastRecord([BTF_KIND_STRUCT, BTF_KIND_UNION], 'field');
    const { words } = this.records;
    const first = at + RECORD_WORDS;
    const wasFlagged = words[at + 1]! >>> 31 === 1;
    const kindFlag = wasFlagged || bitfieldSize !== 0;
    if (kindFlag && (bitOff > 0xff_ffff || bitfieldSize > 0xff)) throw new RangeError(`btf: bit offset ${bitOff} or size ${bitfieldSize} too large`);
    if (kindFlag && !wasFlagged) {
      for (let i = 0; i < infoVlen(words[at + 1]!); i++) {
        if (words[first + 3 * i + 2]! > 0xff_ffff) throw new RangeError('btf: no bitfields beside members at 2^24 bits and more');
      }
      words[at + 1] = (words[at + 1]! | 0x8000_0000) >>> 0;
    }
    this.addElement(at, [this.strings.add(name), type, kindFlag ? (bitfieldSize << 24) | bitOff : bitOff]);
  }

  /** An enumeration without values: follow with {@link BtfBuilder.addEnumValue}. @param size bytes, up to 4 @libbpf btf__add_enum */
  addEnum(name: string, size: number, signed = false): number {
    return this.addRecord(BTF_KIND_ENUM, name, size, signed);
  }

  /** An enumeration of 64-bit values: follow with {@link BtfBuilder.addEnumValue}. @param size bytes @libbpf btf__add_enum64 */
  addEnum64(name: string, size = 8, signed = false): number {
    return this.addRecord(BTF_KIND_ENUM64, name, size, signed);
  }

  /** Adds a value to the ENUM or ENUM64 added last. A negative one makes an ENUM signed. @libbpf btf__add_enum_value, btf__add_enum64_value */
  addEnumValue(name: string, value: number | bigint): void {
    const at = this.lastRecord([BTF_KIND_ENUM, BTF_KIND_ENUM64], 'enumerator');
    const str = this.strings.add(name);
    const wide = BigInt.asUintN(64, BigInt(value));
    const low = Number(wide & 0xffff_ffffn);
    const { words } = this.records;
    const isEnum = infoKind(words[at + 1]!) === BTF_KIND_ENUM;
    if (isEnum && value < 0) words[at + 1] = (words[at + 1]! | 0x8000_0000) >>> 0;
    this.addElement(at, isEnum ? [str, low] : [str, low, Number(wide >> 32n)]);
  }

  /**
   * A declaration without body.
   *
   * @param kind `BTF_FWD_STRUCT` or false, `BTF_FWD_UNION` or true; `BTF_FWD_ENUM` gives an ENUM of 4 bytes without values, as libbpf does
   * @libbpf btf__add_fwd
   */
  addFwd(name: string, kind: boolean | number = BTF_FWD_STRUCT): number {
    if (kind === BTF_FWD_ENUM) return this.addEnum(name, 4);
    return this.addRecord(BTF_KIND_FWD, name, 0, kind === true || kind === BTF_FWD_UNION);
  }

  /** @libbpf btf__add_typedef */
  addTypedef(name: string, type: number): number {
    return this.addRecord(BTF_KIND_TYPEDEF, name, type);
  }

  /** @libbpf btf__add_const */
  addConst(type: number): number {
    return this.addRecord(BTF_KIND_CONST, '', type);
  }

  /** @libbpf btf__add_volatile */
  addVolatile(type: number): number {
    return this.addRecord(BTF_KIND_VOLATILE, '', type);
  }

  /** @libbpf btf__add_restrict */
  addRestrict(type: number): number {
    return this.addRecord(BTF_KIND_RESTRICT, '', type);
  }

  /** @param kindFlag whether `value` is an attribute other than `btf_type_tag` @libbpf btf__add_type_tag */
  addTypeTag(value: string, type: number, kindFlag = false): number {
    return this.addRecord(BTF_KIND_TYPE_TAG, value, type, kindFlag);
  }

  /** Another attribute than `btf_type_tag`. @libbpf btf__add_type_attr */
  addTypeAttr(value: string, type: number): number {
    return this.addTypeTag(value, type, true);
  }

  /** @param linkage `BTF_FUNC_STATIC`, `BTF_FUNC_GLOBAL`, `BTF_FUNC_EXTERN` @libbpf btf__add_func */
  addFunc(name: string, protoId: number, linkage: number = BTF_FUNC_GLOBAL): number {
    const id = this.addRecord(BTF_KIND_FUNC, name, protoId);
    this.records.words[this.lastRecord([BTF_KIND_FUNC], 'linkage') + 1] = packInfo(BTF_KIND_FUNC, linkage, false);
    return id;
  }

  /** A prototype; more parameters may follow with {@link BtfBuilder.addParam}. @libbpf btf__add_func_proto */
  addFuncProto(returnType: number, params: readonly BtfParam[] = []): number {
    const id = this.addRecord(BTF_KIND_FUNC_PROTO, '', returnType);
    for (const param of params) this.addParam(param.name, param.type);
    return id;
  }

  /** Adds a parameter to the FUNC_PROTO added last. Empty name and type 0: varargs. @libbpf btf__add_func_param */
  addParam(name: string, type: number): void {
    this.addElement(this.lastRecord([BTF_KIND_FUNC_PROTO], 'parameter'), [this.strings.add(name), type]);
  }

  /** @param linkage `BTF_VAR_STATIC`, `BTF_VAR_GLOBAL_ALLOCATED`, `BTF_VAR_GLOBAL_EXTERN` @libbpf btf__add_var */
  addVar(name: string, type: number, linkage: number): number {
    return this.addRecord(BTF_KIND_VAR, name, type, false, [linkage]);
  }

  /** A data section; more variables may follow with {@link BtfBuilder.addVarSecinfo}. @param size bytes @libbpf btf__add_datasec */
  addDatasec(name: string, size: number, vars: readonly BtfVarSecinfo[] = []): number {
    const id = this.addRecord(BTF_KIND_DATASEC, name, size);
    for (const info of vars) this.addVarSecinfo(info.type, info.byteOff, info.size);
    return id;
  }

  /** Adds a variable's place to the DATASEC added last. @libbpf btf__add_datasec_var_info */
  addVarSecinfo(type: number, byteOff: number, size: number): void {
    this.addElement(this.lastRecord([BTF_KIND_DATASEC], 'variable'), [type, byteOff, size]);
  }

  /** @libbpf btf__add_float */
  addFloat(name: string, size: number): number {
    return this.addRecord(BTF_KIND_FLOAT, name, size);
  }

  /**
   * @param componentIdx member or parameter index; -1 for the declaration itself
   * @param kindFlag whether `value` is an attribute other than `btf_decl_tag`
   * @libbpf btf__add_decl_tag
   */
  addDeclTag(value: string, type: number, componentIdx = -1, kindFlag = false): number {
    return this.addRecord(BTF_KIND_DECL_TAG, value, type, kindFlag, [componentIdx]);
  }

  /** Another attribute than `btf_decl_tag`. @libbpf btf__add_decl_attr */
  addDeclAttr(value: string, type: number, componentIdx = -1): number {
    return this.addDeclTag(value, type, componentIdx, true);
  }
}
