// Words of call.

export const en = {}
