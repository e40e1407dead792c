#include "http/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "http/tls_transport.h"

namespace stemscribe::http {
namespace {

// For TLS 1.2; those of 1.3 are good as they are.
constexpr char kCiphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr std::string_view kProtocol = "http/1.1";

[[noreturn]] void ThrowWrong(const char* field, const std::filesystem::path& file,
                             const char* what) {
  std::array<char, 256> reason{};
  ERR_error_string_n(ERR_peek_last_error(), reason.data(), reason.size());
  ERR_clear_error();
  throw Error(ErrorCode::kInvalidArgument, "TLS cannot be set up",
              {{field, "'" + file.string() + "' " + what + " (" + reason.data() + ")"}});
}

/// Chooses http/1.1 out of what the client offers: a list of names, each after its length.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_length,
                   const unsigned char* offered, unsigned int offered_length, void*) {
  std::string_view rest(reinterpret_cast<const char*>(offered), offered_length);
  while (!rest.empty()) {
    const auto length = static_cast<unsigned char>(rest.front());
    const std::string_view name = rest.substr(1, length);
    if (name == kProtocol) {
      *chosen = reinterpret_cast<const unsigned char*>(name.data());
      *chosen_length = length;
      return SSL_TLSEXT_ERR_OK;
    }
    rest.remove_prefix(1 + name.size());
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int RefusePassphrase(char*, int, int, void*) { return 0; }

std::shared_ptr<SSL_CTX> Load(const TlsSettings& settings) {
  ERR_clear_error();
  const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
  if (!context) throw Error(ErrorCode::kInternal, "OpenSSL cannot start");
  SSL_CTX* const raw = context.get();
  SSL_CTX_set_min_proto_version(raw,
                                settings.min_version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Buffers only while they are in use: idle connections are many.
  SSL_CTX_set_mode(raw, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);  // clients keep tickets instead
  SSL_CTX_set_default_passwd_cb(raw, RefusePassphrase);
  SSL_CTX_set_alpn_select_cb(raw, ChooseProtocol, nullptr);
  if (SSL_CTX_set_cipher_list(raw, kCiphers) != 1) {
    throw Error(ErrorCode::kInternal, "OpenSSL does not know the ciphers");
  }
  if (SSL_CTX_use_certificate_chain_file(raw, settings.certificate.c_str()) != 1) {
    ThrowWrong("TLS_CERTIFICATE", settings.certificate, "is no certificate that can be read");
  }
  if (SSL_CTX_use_PrivateKey_file(raw, settings.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(raw) != 1) {
    ThrowWrong("TLS_KEY", settings.key, "is no key of that certificate that can be read");
  }
  return context;
}

}  // namespace

TlsContext::TlsContext(TlsSettings settings)
    : settings_(std::move(settings)), current_(Load(settings_)) {}

void TlsContext::Reload() {
  std::shared_ptr<ssl_ctx_st> fresh = Load(settings_);
  std::lock_guard lock(mutex_);
  current_ = std::move(fresh);
}

std::shared_ptr<ssl_ctx_st> TlsContext::Current() const {
  std::lock_guard lock(mutex_);
  return current_;
}

std::unique_ptr<Transport> TlsContext::NewTransport(int fd) const {
  return std::make_unique<TlsTransport>(*Current(), fd);
}

}  // namespace stemscribe::http
