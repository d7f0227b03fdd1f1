import { persistentTerm } from 'termstore';
import { intTable, kMask, nextRandom, pick, stringTable, user } from './data.mjs';

// Question: what does one operation cost when nobody else uses the table?
// Not answered here: contention (threads.mjs), pauses (slowest.mjs, churn.mjs).
//
// Each case prepares its data and returns a loop of `count` operations. A loop uses what it reads, so that the
// compiler cannot drop the call.

const kRangeRows = 100;

/** Where the result of the last loop goes. */
export let sink;

const lookupInts = (table) => (count) => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += table.lookup(i & kMask)[0][1];
  sink = sum;
};

const lookupStrings =
  ({ table, keys }) =>
  (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += table.lookup(keys[i & kMask])[0][1];
    sink = sum;
  };

const getInts = (table) => (count) => {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += table.get(i & kMask)[1];
  sink = sum;
};

const getStrings =
  ({ table, keys }) =>
  (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += table.get(keys[i & kMask])[1];
    sink = sum;
  };

const getObjects =
  ({ table, keys }) =>
  (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += table.get(keys[i & kMask])[1].score;
    sink = sum;
  };

const lookupRandom = (table, rows) => {
  let seed = 1;
  return (count) => {
    let x = seed;
    let sum = 0;
    for (let i = 0; i < count; i++) {
      sum += table.lookup(pick(x, rows))[0][1];
      x = nextRandom(x);
    }
    seed = x;
    sink = sum;
  };
};

const insertRandom = (table, rows) => {
  let seed = 1;
  return (count) => {
    let x = seed;
    for (let i = 0; i < count; i++) {
      table.insert([pick(x, rows), i]);
      x = nextRandom(x);
    }
    seed = x;
  };
};

const stepThrough = (table) => {
  let key = table.first();
  return (count) => {
    for (let i = 0; i < count; i++) key = table.next(key) ?? table.first();
    sink = key;
  };
};

const rangesOf100 = (table, rows) => {
  let seed = 1;
  return (count) => {
    let x = seed;
    let sum = 0;
    for (let i = 0; i < count; i += kRangeRows) {
      const start = pick(x, rows - kRangeRows);
      for (const row of table.range({ gte: start, lt: start + kRangeRows })) sum += row[1];
      x = nextRandom(x);
    }
    seed = x;
    sink = sum;
  };
};

const kNear = { readConcurrency: true };
const ordered = { type: 'ordered_set' };
const orderedLookup = (rows) => lookupRandom(intTable(rows, ordered), rows);
const orderedInsert = (rows) => insertRandom(intTable(rows, ordered), rows);
const orderedNext = (rows) => stepThrough(intTable(rows, ordered));
const orderedRange = (rows) => rangesOf100(intTable(rows, ordered), rows);

export const loops = {
  empty_loop: () => (count) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += i & kMask;
    sink = sum;
  },
  empty_random_loop: (rows) => {
    let seed = 1;
    return (count) => {
      let x = seed;
      let sum = 0;
      for (let i = 0; i < count; i++) {
        sum += pick(x, rows);
        x = nextRandom(x);
      }
      seed = x;
      sink = sum;
    };
  },
  lookup_int: (rows) => lookupInts(intTable(rows)),
  lookup_int_concurrent: (rows) => lookupInts(intTable(rows, { writeConcurrency: true })),
  lookup_string: (rows) => lookupStrings(stringTable(rows)),
  lookup_random: (rows) => lookupRandom(intTable(rows), rows),
  get_int: (rows) => getInts(intTable(rows)),
  get_string: (rows) => getStrings(stringTable(rows)),
  get_object: (rows) => getObjects(stringTable(rows, user)),
  near_int: (rows) => getInts(intTable(rows, kNear)),
  near_string: (rows) => getStrings(stringTable(rows, undefined, kNear)),
  near_object: (rows) => getObjects(stringTable(rows, user, kNear)),
  lookup_element: (rows) => {
    const table = intTable(rows);
    return (count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += table.lookupElement(i & kMask, 1);
      sink = sum;
    };
  },
  member_int: (rows) => {
    const table = intTable(rows);
    return (count) => {
      let found = 0;
      for (let i = 0; i < count; i++) if (table.member(i & kMask)) found++;
      sink = found;
    };
  },
  member_string: (rows) => {
    const { table, keys } = stringTable(rows);
    return (count) => {
      let found = 0;
      for (let i = 0; i < count; i++) if (table.member(keys[i & kMask])) found++;
      sink = found;
    };
  },
  insert_int: (rows) => {
    const table = intTable(rows);
    return (count) => {
      for (let i = 0; i < count; i++) table.insert([i & kMask, i]);
    };
  },
  insert_string: (rows) => {
    const { table, keys } = stringTable(rows);
    return (count) => {
      for (let i = 0; i < count; i++) table.insert([keys[i & kMask], i]);
    };
  },
  insert_object: (rows) => {
    const { table, keys } = stringTable(rows, user);
    const value = user(1);
    return (count) => {
      for (let i = 0; i < count; i++) table.insert([keys[i & kMask], value]);
    };
  },
  update_counter: (rows) => {
    const table = intTable(rows);
    return (count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += table.updateCounter(i & kMask, 1);
      sink = sum;
    };
  },
  ordered_lookup: orderedLookup,
  ordered_lookup_1m: orderedLookup,
  ordered_insert: orderedInsert,
  ordered_insert_1m: orderedInsert,
  ordered_next: orderedNext,
  ordered_next_1m: orderedNext,
  ordered_range: orderedRange,
  ordered_range_1m: orderedRange,
  persistent_ref: () => {
    persistentTerm.put(Symbol.for('termstore_bench'), user(1));
    const ref = persistentTerm.ref(Symbol.for('termstore_bench'));
    return (count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += ref.get().score;
      sink = sum;
    };
  },
  persistent_symbol: () => {
    const key = Symbol.for('termstore_bench');
    persistentTerm.put(key, user(1));
    return (count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += persistentTerm.get(key).score;
      sink = sum;
    };
  },
  persistent_string: () => {
    persistentTerm.put('bench:key', user(1));
    return (count) => {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += persistentTerm.get('bench:key').score;
      sink = sum;
    };
  },
};
