import Database from 'better-sqlite3';

const kTypes = { int: 'integer', string: 'text' };

/** better-sqlite3 in memory, prepared statements; objects are JSON. Writes come a thousand in a transaction. */
export function open({ key = 'int', value = 'int' }) {
  const database = new Database(':memory:');
  database.exec(
    `create table t (k ${kTypes[key]} primary key, v ${value === 'object' ? 'text' : 'integer'}) without rowid`,
  );
  const one = database.prepare('select v from t where k = ?').pluck();
  const put = database.prepare('insert into t values (?, ?) on conflict do update set v = excluded.v');
  const exists = database.prepare('select 1 from t where k = ?').pluck();
  const add = database.prepare('update t set v = v + 1 where k = ? returning v').pluck();
  const between = database.prepare('select v from t where k >= ? and k < ? order by k').pluck();
  const all = database.prepare('select v from t').pluck();
  const begin = database.prepare('begin');
  const commit = database.prepare('commit');
  const object = value === 'object';
  return {
    get: object ? (k) => JSON.parse(one.get(k)) : (k) => one.get(k),
    set: object ? (k, v) => put.run(k, JSON.stringify(v)) : (k, v) => put.run(k, v),
    has: (k) => exists.get(k) !== undefined,
    increment: (k) => add.get(k),
    range: (from, to) => between.iterate(from, to),
    values: () => all.iterate(),
    transaction: (work) => {
      begin.run();
      work();
      commit.run();
    },
    close: () => database.close(),
  };
}
