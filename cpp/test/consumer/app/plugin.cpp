// A plug-in's one entry.
int store_and_fetch();

extern "C" __attribute__((visibility("default"))) int plugin_entry() { return store_and_fetch(); }
