// Of the guide: a password that a service reads, and hears of when it is rotated.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tombolo/tombolo.hpp"

namespace {

/// What the service does with it.
bool log_in(std::string_view /*user*/, std::string_view password) { return password != "wrong"; }

tombolo::Result<bool> connect(const tombolo::SecretStore& secrets) {
  auto password = secrets.get("db-password").wait();
  if (!password) return tombolo::unexpected(password.error());
  return log_in("service", password->view());  // where it is: nothing is copied
}

tombolo::Result<std::string> rotate(const tombolo::SecretStore& secrets, std::string password) {
  auto value = tombolo::SecretValue::take(std::move(password));  // and wipes the string
  if (!value) return tombolo::unexpected(value.error());
  return secrets.set("db-password", std::move(*value)).wait();  // the new version
}

/// Logs in anew whenever the password has changed.
class Rotation {
 public:
  Rotation(const tombolo::SecretStore& secrets, const tombolo::CompletionQueue& queue)
      : changes_(secrets.watch("db-password")), queue_(&queue) {
    wait();
  }
  [[nodiscard]] int logins() const { return logins_; }

 private:
  void wait() {
    using Change = tombolo::Result<std::optional<tombolo::Result<tombolo::SecretValue>>>;
    next_ = changes_.next().timeout(std::chrono::hours(1)).start(*queue_, [this](Change change) {
      if (!change) {
        // Nothing has changed for an hour; or the watch itself has failed, as by a bad name.
        if (change.error().code() != tombolo::ErrorCode::deadline_exceeded) return;
      } else if (!**change) {
        std::fprintf(stderr, "%s\n", (**change).error().to_string().c_str());  // told once
      } else if (log_in("service", (**change)->view())) {
        ++logins_;
      }
      wait();
    });
  }

  tombolo::Stream<tombolo::Result<tombolo::SecretValue>> changes_;
  const tombolo::CompletionQueue* queue_;
  tombolo::Running next_;
  int logins_ = 0;
};

void drain_until_logged_in(tombolo::CompletionQueue& queue, const Rotation& rotation, int times) {
  while (rotation.logins() < times) {
    if (!queue.wait_for(std::chrono::seconds(1))) std::abort();
  }
}

}  // namespace

int main() {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "tombolo-guide-secrets";
  fs::create_directories(folder);
  auto secrets = tombolo::SecretStore::open("folder://" + folder.string() + "?poll=1").value();
  auto queue = tombolo::CompletionQueue::create().value();

  if (!rotate(secrets, "first")) return EXIT_FAILURE;
  const bool is_in = connect(secrets).value();
  {
    const Rotation rotation(secrets, queue);
    drain_until_logged_in(queue, rotation, 1);
    if (!rotate(secrets, "second")) return EXIT_FAILURE;
    drain_until_logged_in(queue, rotation, 2);
  }
  secrets.remove("db-password").wait().value();
  fs::remove_all(folder);
  return is_in ? EXIT_SUCCESS : EXIT_FAILURE;
}
