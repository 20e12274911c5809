// host {KEPT PLUGIN}...: loads plug-ins with their symbols global, calls each, unloads them. KEPT
// is the object that has Tombolo's code in it, the plug-in itself or a library; it must stay.
#include <dlfcn.h>

#include <cstdio>

namespace {

void* load(const char* path) {
  void* plugin = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
  if (plugin == nullptr) std::fprintf(stderr, "%s\n", dlerror());
  return plugin;
}

bool stays(const char* path) {
  void* object = dlopen(path, RTLD_NOLOAD | RTLD_NOW);
  if (object == nullptr) {
    std::fprintf(stderr, "%s is unmapped\n", path);
    return false;
  }
  dlclose(object);
  return true;
}

int use(const char* kept, const char* path) {
  // Not called at first: what has run may stay by accident, by its thread-local destructors.
  void* plugin = load(path);
  if (plugin == nullptr) return 1;
  dlclose(plugin);
  if (!stays(kept)) return 2;
  plugin = load(path);
  if (plugin == nullptr) return 1;
  auto* entry = reinterpret_cast<int (*)()>(dlsym(plugin, "plugin_entry"));
  if (entry == nullptr || entry() != 5) return 3;
  dlclose(plugin);
  return stays(kept) ? 0 : 4;
}

}  // namespace

int main(int count, char** arguments) {
  for (int i = 1; i + 1 < count; i += 2) {
    if (const int failed = use(arguments[i], arguments[i + 1])) return failed;
  }
  std::printf("%d plug-ins answered\n", count / 2);
  return count >= 3 ? 0 : 5;
}
