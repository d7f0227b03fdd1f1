import * as format from './format.js';
import { readBigInt, readBytes, readTyped } from './read-binaries.js';
import { readArray, readDict, readError, readMap, readObject, readSet } from './read-containers.js';
import { readAscii, readShort, readUtf8, readWtf8 } from './read-strings.js';
import * as sources from './source.js';
import { damaged } from './source.js';

// As constants of this module V8 folds them into the code; properties of another module's exports it reads each time.
const {
  TAG_ARRAY,
  TAG_ASCII,
  TAG_BIGINT,
  TAG_BIGINT64,
  TAG_BUFFER,
  TAG_BYTES,
  TAG_DATE,
  TAG_DICT,
  TAG_ERROR,
  TAG_FALSE,
  TAG_FLOAT64,
  TAG_INT32,
  TAG_MAP,
  TAG_NULL,
  TAG_OBJECT,
  TAG_SET,
  TAG_SHORT,
  TAG_SYMBOL,
  TAG_TRUE,
  TAG_TYPED,
  TAG_UNDEFINED,
  TAG_UTF8,
  TAG_WTF8,
} = format;
const { source } = sources;

/** Reads the term at `source.pos` and steps over it. */
export function readTerm(): unknown {
  const pos = source.pos;
  const tag = source.bytes[pos] as number;
  if (tag === TAG_INT32) {
    source.pos = pos + 5;
    return source.view.getInt32(pos + 1, true);
  }
  if (tag >= TAG_SHORT) return readShort(tag - TAG_SHORT, pos + 1);
  return readOther(tag, pos);
}

function readOther(tag: number, pos: number): unknown {
  source.pos = pos + 1;
  switch (tag) {
    case TAG_UNDEFINED:
      return undefined;
    case TAG_NULL:
      return null;
    case TAG_FALSE:
      return false;
    case TAG_TRUE:
      return true;
    case TAG_FLOAT64:
      source.pos = pos + 9;
      return source.view.getFloat64(pos + 1, true);
    case TAG_OBJECT:
      return readObject();
    case TAG_ARRAY:
      return readArray();
    case TAG_ASCII:
      return readAscii();
    case TAG_UTF8:
      return readUtf8();
    case TAG_WTF8:
      return readWtf8();
    default:
      return readRare(tag, pos);
  }
}

function readRare(tag: number, pos: number): unknown {
  switch (tag) {
    case TAG_SYMBOL:
      return Symbol.for(readWtf8());
    case TAG_BIGINT64:
      source.pos = pos + 9;
      return source.view.getBigInt64(pos + 1, true);
    case TAG_BIGINT:
      return readBigInt();
    case TAG_DATE:
      source.pos = pos + 9;
      return new Date(source.view.getFloat64(pos + 1, true));
    case TAG_BYTES:
      return readBytes();
    case TAG_BUFFER:
      return Buffer.from(readBytes().buffer);
    case TAG_TYPED:
      return readTyped();
    case TAG_DICT:
      return readDict();
    case TAG_MAP:
      return readMap();
    case TAG_SET:
      return readSet();
    case TAG_ERROR:
      return readError();
    default:
      throw damaged(`no term has tag ${tag}`);
  }
}
