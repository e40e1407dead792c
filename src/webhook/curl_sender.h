// Webhooks over libcurl. Users choose the URL, so it must not reach into our own network: the
// address that is really connected to is checked, whatever the name resolved to, and redirects are
// not followed.
#pragma once

#include <string>

#include "jobs/webhook.h"

struct sockaddr;

namespace stemscribe::webhook {

struct CurlSenderSettings {
  bool allow_private =
      false;  // loopback, private and link-local addresses too: for tests and intranets
  jobs::Milliseconds connect_timeout{std::chrono::seconds(5)};
  jobs::Milliseconds total_timeout{std::chrono::seconds(15)};
};

/// Whether this is an address of the public internet (IPv4 or IPv6; an IPv4 one inside IPv6 counts
/// as what it is).
bool IsPublicAddress(const sockaddr& address);

class CurlSender final : public jobs::WebhookSender {
 public:
  explicit CurlSender(CurlSenderSettings settings = {});
  ~CurlSender() override;
  CurlSender(const CurlSender&) = delete;
  CurlSender& operator=(const CurlSender&) = delete;

  jobs::WebhookResponse Send(const jobs::WebhookRequest& request) override;
  void CheckUrl(const std::string& url) const override;

 private:
  const CurlSenderSettings settings_;
};

}  // namespace stemscribe::webhook
