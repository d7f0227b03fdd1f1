/** For tests that must see what is broken; nothing of the public interface reaches these. */
export const hooks = {
  /** The LMDB store answers before its transaction is committed. */
  acknowledgeEarly: false,
};
