// Credentials in C++, in an environment as Azure and Kubernetes make it, against strict servers of
// what gives tokens there; and a store that shows them.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>
#include <vector>

#include "service.hpp"
#include "tombolo/tombolo.hpp"

namespace {

using namespace std::chrono_literals;
using tombolo::AccessToken;
using tombolo::Credential;
using tombolo::ErrorCode;
using tombolo_test::Service;

constexpr std::string_view kScope = "https://storage.azure.com/.default";

AccessToken token(const std::string& url) {
  return Credential::open(url).value().token(kScope).wait().value();
}

TEST(Credentials, EachMemberGetsATokenByItself) {
  for (const std::string name :
       {"client-secret", "client-certificate", "workload", "managed", "default"}) {
    const AccessToken got = token("azure:" + name);
    EXPECT_EQ(got.token.rfind("token-", 0), 0U) << name;
    ASSERT_TRUE(got.expires_in.has_value()) << name;
    EXPECT_GT(*got.expires_in, 59min) << name;
    EXPECT_LE(*got.expires_in, 60min) << name;
    EXPECT_EQ(token("azure:" + name).token, got.token) << "it is kept for the process";
  }
}

TEST(Credentials, ManyThatWaitAreGivenTheSame) {
  const std::string url = "azure:client-secret?user_agent=many";
  std::vector<std::string> all(8);
  std::vector<std::thread> threads;
  for (std::string& one : all) {
    threads.emplace_back([&one, &url] { one = token(url).token; });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(all, std::vector<std::string>(all.size(), all.front()));
}

TEST(Credentials, WhoIsRefusedHearsWhy) {
  const auto error =
      Credential::open("azure:workload?client_id=other").value().token(kScope).wait().error();
  EXPECT_EQ(error.code(), ErrorCode::unauthenticated);
  EXPECT_EQ(error.message(),
            "workload: Entra ID has answered 400 unauthorized_client (AADSTS700016)");
  EXPECT_EQ(error.service_status(), 400U);
}

TEST(Credentials, AStoreShowsTheToken) {
  const Service service = tombolo_test::always_good();
  const auto credential = Credential::open("azure:managed?user_agent=store").value();
  tombolo::BlobStoreOptions options;
  options.credential = credential;
  const std::string port = service.url().substr(service.url().rfind(':'));
  const std::string url = "azblob://acc/con?max_attempts=1&endpoint=http://127.0.0.1" + port;
  // That it is no answer of this service does not matter here.
  static_cast<void>(tombolo::BlobStore::open(url, options).value().remove("a").wait());
  const std::string shown = "Bearer " + credential.token(kScope).wait().value().token;
  EXPECT_EQ(service.shown(), std::vector<std::string>{shown});
}

}  // namespace
