/** Variable in which the server that speaks TLS is told where to listen; paths only, no key. */
export const TLS_LISTEN = "HOWDAH_TLS_LISTEN";
