/**
 * Condition on a row of pg_settings: the setting of the language in which the server writes its messages, where the login may
 * set it. They are shown beside texts in English, and some causes have no SQLSTATE of their own
 * (runtime-config-client.html#GUC-LC-MESSAGES); its value is to be "C".
 */
export const LANGUAGE_MAY_BE_SET =
  "(name = 'lc_messages' and setting <> 'C' and pg_catalog.current_setting('is_superuser') = 'on')";
