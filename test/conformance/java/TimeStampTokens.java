import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.tsp.TimeStampResponse;
import org.bouncycastle.tsp.TimeStampToken;

/** BouncyCastle validates the token of an answer over a file, by the certificate that stands in it. */
public class TimeStampTokens {
  public static void main(String[] args) throws Exception {
    TimeStampToken token = new TimeStampResponse(Files.readAllBytes(Path.of(args[0]))).getTimeStampToken();
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(Path.of(args[1])));
    if (!Arrays.equals(digest, token.getTimeStampInfo().getMessageImprintDigest())) throw new Exception("another imprint");
    X509CertificateHolder signer = (X509CertificateHolder) token.getCertificates().getMatches(token.getSID()).iterator().next();
    token.validate(new JcaSimpleSignerInfoVerifierBuilder().build(signer));
    System.out.println("valid");
  }
}
