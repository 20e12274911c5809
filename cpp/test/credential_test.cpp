// Credentials: what C++ sees of them. Who gives tokens and how, is tested in Rust, beside strict
// servers; and in clouds/credentials.cpp against these.
#include <fstream>
#include <string>

#include "support.hpp"
#include "temporary_folder.hpp"
#include "tombolo/identity.hpp"

namespace tombolo_test {
namespace {

using tombolo::AccessToken;
using tombolo::Credential;
using tombolo::Result;
using tombolo::TokenSource;

class Credentials : public testing::Test {
 protected:
  Credentials() { write("t-1"); }
  void write(const std::string& token) const { std::ofstream(path()) << token << '\n'; }
  [[nodiscard]] std::string path() const { return (folder_.path() / "token").string(); }
  [[nodiscard]] Credential open() const {
    return Credential::open("static:?file=" + path()).value();
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(Credentials, GiveTokensAsOperations) {
  const Credential credential = open();
  const AccessToken token = credential.token("scope").wait().value();
  EXPECT_EQ(token.token, "t-1");
  EXPECT_EQ(token.expires_in, std::nullopt);
  auto queue = CompletionQueue::create().value();
  std::string text;
  credential.token("scope").then(queue, [&](Result<AccessToken> got) { text = got.value().token; });
  EXPECT_EQ(drain(queue), 1U) << "what is kept is ready at once";
  EXPECT_EQ(text, "t-1");
  credential.token("another").then(queue,
                                   [&](Result<AccessToken> got) { text = got.value().token; });
  EXPECT_TRUE(eventually([&] { return drain(queue) == 1; })) << "another comes from a worker";
}

TEST_F(Credentials, KeepTokensForTheProcess) {
  EXPECT_EQ(open().token("scope").wait()->token, "t-1");
  write("t-2");
  EXPECT_EQ(open().token("scope").wait()->token, "t-1");
  EXPECT_EQ(open().token("other").wait()->token, "t-2") << "for each scope another";
}

TEST_F(Credentials, AnOperationOutlivesItsCredential) {
  auto op = open().token("scope");
  EXPECT_EQ(std::move(op).wait()->token, "t-1");
}

TEST_F(Credentials, StandWhereverASourceIsWanted) {
  const TokenSource source = open();
  EXPECT_NE(source.credential(), nullptr);
  EXPECT_EQ(TokenSource(Credential()).credential(), nullptr);
}

TEST_F(Credentials, SayWhatIsWrong) {
  const auto why = [](const std::string& url) {
    return std::string(Credential::open(url).error().message());
  };
  EXPECT_EQ(Credential::open("azure:magic").error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(why("static:?file=/none"), "file: \"/none\" cannot be read");
  EXPECT_EQ(why("azure:client-secret?client_secret=s3cr3t").find("s3cr3t"), std::string::npos);
  EXPECT_EQ(Credential::open("\xff").error().kind(), ErrorKind::invalid_text);
  EXPECT_EQ(open().token("\xff").wait().error().kind(), ErrorKind::invalid_text);
  EXPECT_EQ(open().token("").wait().error().code(), ErrorCode::invalid_argument);
  const auto nobody = Credential::open("azure:managed?metadata_endpoint=http://127.0.0.1:1")
                          .value()
                          .token("https://a/.default")
                          .wait()
                          .error();
  EXPECT_EQ(nobody.code(), ErrorCode::unauthenticated);
  EXPECT_EQ(nobody.service(), "identity");
  EXPECT_NE(nobody.message().find("does not answer at http://127.0.0.1:1"), std::string::npos);
}

TEST_F(Credentials, OneThatIsNotOpenFails) {
  EXPECT_EQ(Credential().token("a").wait().error().code(), ErrorCode::failed_precondition);
}

}  // namespace
}  // namespace tombolo_test
