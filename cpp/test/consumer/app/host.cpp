// host PLUGIN...: loads plug-ins with their symbols global, calls each, unloads them.
#include <dlfcn.h>

#include <cstdio>

int main(int count, char** arguments) {
  for (int i = 1; i < count; ++i) {
    void* plugin = dlopen(arguments[i], RTLD_NOW | RTLD_GLOBAL);
    if (plugin == nullptr) {
      std::fprintf(stderr, "%s\n", dlerror());
      return 1;
    }
    auto* entry = reinterpret_cast<int (*)()>(dlsym(plugin, "plugin_entry"));
    if (entry == nullptr || entry() != 5) return 2;
    dlclose(plugin);
  }
  std::printf("%d plug-ins answered\n", count - 1);
  return 0;
}
