/** The term format, version 1: docs/term-format.md. Constants only; native/core/term/format.h holds the same. */
export const TAG_UNDEFINED = 0x01;
export const TAG_NULL = 0x02;
export const TAG_FALSE = 0x03;
export const TAG_TRUE = 0x04;
export const TAG_SYMBOL = 0x05;
export const TAG_INT32 = 0x08;
export const TAG_FLOAT64 = 0x09;
export const TAG_BIGINT64 = 0x0a;
export const TAG_BIGINT = 0x0b;
export const TAG_DATE = 0x10;
export const TAG_ASCII = 0x11;
export const TAG_UTF8 = 0x12;
export const TAG_WTF8 = 0x13;
export const TAG_BYTES = 0x18;
export const TAG_BUFFER = 0x19;
export const TAG_TYPED = 0x1a;
export const TAG_ARRAY = 0x20;
export const TAG_OBJECT = 0x21;
export const TAG_DICT = 0x22;
export const TAG_MAP = 0x23;
export const TAG_SET = 0x24;
export const TAG_ERROR = 0x25;
/** 0x80 + length: an ASCII string of up to MAX_SHORT_STRING characters. */
export const TAG_SHORT = 0x80;

export const FORMAT_VERSION = 1;
export const MAX_SHORT_STRING = 63;
/** Containers of this many elements carry an index. */
export const INDEX_THRESHOLD = 32;
/** Nesting of containers. */
export const MAX_DEPTH = 1024;
/** Of a term, a row or a request. */
export const MAX_BYTES = 2 ** 30 - 1;
export const MAX_SHAPE_NAMES = 64;
export const ERROR_HAS_STACK = 1;
export const ERROR_HAS_CAUSE = 2;

/** Bytes before the first element (or the index) of a container: tag, body, count or shape. */
export const CONTAINER_HEADER = 9;
/** Bytes before the content of a term that has a tag and a length. */
export const LENGTH_HEADER = 5;

/** Names of the `TYPED` kinds; a kind is its position here. */
export const TYPED_KINDS = [
  'ArrayBuffer',
  'Int8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
  'DataView',
] as const;
export const KIND_ARRAY_BUFFER = 0;
export const KIND_DATA_VIEW = 11;
