/** The newest runtime specification whose configurations are understood. */
export const specVersion = '1.3.0';
