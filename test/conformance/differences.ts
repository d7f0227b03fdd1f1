/**
 * Where this package differs on purpose from the OTP it is held against, by name. What each means is in
 * docs/compatibility.md, which a test compares with this list. A command tells which of them it meets, and both sides are
 * asked for what this package promises. A long run fails on a name that nothing met.
 */
export const DIFFERENCES = [
  'positions from 0',
  'undefined is no key',
  'sizes and counts are numbers',
  'what was deleted is told',
  'functions of its own',
  'counters that are numbers',
  'objects and Maps are two types',
  'texts and bytes are two types',
  'whole numbers in match specs',
  'a pattern 0 matches -0',
  'a map in the key of a pattern',
  'a bad match spec has a code',
  'a bag has a cause',
  'a position below 0 has a cause',
  'only the owner may, says one code',
  'of several errors another may be told',
  'a short default row is refused',
  'a default row that fails leaves nothing',
  'hash tables have an order of their own',
  'the last chunk may say so',
  'a continuation outlives a new name',
  'functions of OTP 26 to 28',
  'a list into a bag keeps its order',
  'a file keeps rows and their order',
  'the size after take from a fixed bag',
  'selectDelete of everything, twice',
  'positions after selectDelete',
  'slot 0 of an empty ordered_set',
  'several keys in a match spec',
] as const;

export type DifferenceName = (typeof DIFFERENCES)[number];
export type Differences = readonly DifferenceName[];

/** Refusals that carry another code here. */
export const OTHER_CODES: readonly {
  readonly name: DifferenceName;
  readonly method: RegExp;
  readonly ours: string;
  readonly theirs: RegExp;
}[] = [
  {
    name: 'a bad match spec has a code',
    method: /^(select|match|ets\.(matchSpec|testMs|isCompiled))/,
    ours: 'ERR_ETS_MATCH_SPEC',
    theirs: /_BADARG$/,
  },
  {
    name: 'a bag has a cause',
    method: /^update(Counter|Elements?)$/,
    ours: 'ERR_ETS_TABLE_TYPE',
    theirs: /_(BADARG|KEYPOS|POSITION)$/,
  },
  {
    name: 'a position below 0 has a cause',
    method: /^updateElements?$/,
    ours: 'ERR_ETS_POSITION',
    theirs: /_BADARG$/,
  },
  {
    name: 'only the owner may, says one code',
    method: /^(setopts|giveAway)$/,
    ours: 'ERR_ETS_NOT_OWNER',
    theirs: /_(BADARG|ACCESS)$/,
  },
  {
    name: 'of several errors another may be told',
    method: /^updateElements$/,
    ours: 'ERR_ETS_KEYPOS',
    theirs: /_(POSITION|BADARG)$/,
  },
  {
    name: 'of several errors another may be told',
    method: /^updateCounter$/,
    ours: 'ERR_ETS_COUNTER_RANGE',
    theirs: /_(POSITION|KEYPOS|BADARG)$/,
  },
  {
    name: 'of several errors another may be told',
    method: /^update(Counter|Elements?)$/,
    ours: 'ERR_ETS_BADARG',
    theirs: /_TABLE_TYPE$/,
  },
];
